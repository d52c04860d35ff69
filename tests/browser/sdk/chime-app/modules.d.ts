declare module '*?cyclorama';
