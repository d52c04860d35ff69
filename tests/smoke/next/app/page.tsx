import { Background } from './background';

export default function Page() {
  return (
    <main>
      <h1>Cyclorama with Next.js</h1>
      <Background />
    </main>
  );
}
