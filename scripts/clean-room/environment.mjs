/** A home without caches, with the toolchain and the registries' settings of this one. */
import { cp, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Settings that say where registries are, from the home: they are no caches. */
const settings = ['.npmrc', '.cargo/config.toml', '.cargo/config', '.gitconfig'];

/** Variables that lead to caches of the user, or to what this checkout has built. */
const leading =
  /^(npm_|INIT_CWD$|CYCLORAMA_|CARGO_(HOME|TARGET_DIR|BUILD_|ENCODED_)|XDG_|RUSTC$|RUSTFLAGS$|CI$)/;

/**
 * @param {string} home the folder to make; it must not exist.
 * @returns {Promise<Record<string, string>>} the whole environment for what runs in the clean room.
 */
export async function closedEnvironment(home) {
  await mkdir(home, { recursive: true });
  for (const file of settings) {
    await cp(join(homedir(), file), join(home, file), { recursive: true }).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  const kept = Object.entries(process.env).filter(([name]) => !leading.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    CARGO_HOME: join(home, '.cargo'),
    // rustup's toolchains are what is linked in.
    RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'),
  };
}
