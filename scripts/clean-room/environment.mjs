/** Creates a home without caches, with the toolchain and the registry settings of the current one. */
import { cp, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Registry settings that are copied from the current home. */
const settings = ['.npmrc', '.cargo/config.toml', '.cargo/config', '.gitconfig'];

/** Variables that point to caches of the user or to builds of this checkout. */
const excluded =
  /^(npm_|INIT_CWD$|CYCLORAMA_|CARGO_(HOME|TARGET_DIR|BUILD_|ENCODED_)|XDG_|RUSTC$|RUSTFLAGS$|CI$)/;

/**
 * @param {string} home the folder to create. It must not exist.
 * @returns {Promise<Record<string, string>>} the complete environment for commands in the clean room.
 */
export async function closedEnvironment(home) {
  await mkdir(home, { recursive: true });
  for (const file of settings) {
    await cp(join(homedir(), file), join(home, file), { recursive: true }).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  const kept = Object.entries(process.env).filter(([name]) => !excluded.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    CARGO_HOME: join(home, '.cargo'),
    // The installed toolchains are used.
    RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'),
  };
}
