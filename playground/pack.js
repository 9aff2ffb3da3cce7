// node pack.js write|check FROM TO: gzips the files of FROM into TO, or compares them with what TO holds. The comparison
// is of unzipped content, since two versions of zlib may compress the same bytes differently.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';

const [mode, from, to] = process.argv.slice(2);

/** The files below a folder, as sorted paths with forward slashes. */
function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

const built = files(from);
const maps = built.filter((name) => name.endsWith('.map'));
if (maps.length > 0) throw new Error(`source maps in the build: ${maps.join(', ')}`);

/** Gzip without a time or a name, and without the byte that tells the operating system. */
function compress(bytes) {
  const zipped = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  zipped.fill(0, 4, 8);
  zipped[9] = 255;
  return zipped;
}

if (mode === 'write') {
  rmSync(to, { recursive: true, force: true });
  let total = 0;
  for (const name of built) {
    const path = join(to, `${name}.gz`);
    const zipped = compress(readFileSync(join(from, name)));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, zipped);
    total += zipped.length;
  }
  console.log(`${to}: ${built.length} files, ${(total / 1e6).toFixed(2)} MB compressed`);
} else {
  const committed = new Set(existsSync(to) ? files(to) : []);
  const problems = [];
  for (const name of built) {
    const path = `${name}.gz`;
    if (!committed.delete(path)) problems.push(`missing: ${path}`);
    else if (!gunzipSync(readFileSync(join(to, path))).equals(readFileSync(join(from, name)))) problems.push(`differs: ${path}`);
  }
  for (const path of committed) problems.push(`not built: ${path}`);
  if (problems.length > 0) {
    console.error(`${to} is not what the sources build:\n  ${problems.join('\n  ')}\nRun playground/build.sh and commit ${to}.`);
    process.exit(1);
  }
  console.log(`${to} is what the sources build (${built.length} files)`);
}
