/** Reads the package's public API from the sources with TypeDoc. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, LogLevel } from 'typedoc';
import { root } from '../setup/paths.mjs';

const sources = join(root, 'ts');

/** The sources of the package's subpaths, in the order of its `exports`. */
export function entryPoints() {
  const { exports } = JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8'));
  return Object.values(exports)
    .filter(({ types }) => types)
    .map(({ types }) => join(sources, types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts')));
}

/**
 * TypeDoc's application and project. Its warnings are errors, such as a broken link, or a public type that refers to a type
 * without an export.
 *
 * @throws {Error} if TypeDoc prints warnings or errors
 */
export async function readApi() {
  const app = await Application.bootstrap({
    name: 'Cyclorama',
    entryPoints: entryPoints(),
    tsconfig: join(sources, 'tsconfig.build.json'),
    readme: join(sources, 'README.md'),
    sort: ['source-order'],
    // Inherited members of the SDKs are documented on their own pages.
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    disableGit: true,
    sourceLinkTemplate: '',
    disableSources: true,
    externalSymbolLinkMappings: {
      'amazon-chime-sdk-js': { '*': 'https://aws.github.io/amazon-chime-sdk-js/' },
    },
    validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true },
    logLevel: LogLevel.Warn,
  });
  const project = await app.convert();
  if (project) app.validate(project);
  if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error('TypeDoc printed the warnings above.');
  }
  return { app, project };
}
