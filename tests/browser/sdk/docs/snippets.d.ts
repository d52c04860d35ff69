/** Code blocks of the pages, see `tests/docs/snippet-plugin.mjs`. */
declare module 'snippet:*';
