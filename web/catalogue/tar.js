/** Writes files as a tar archive (POSIX.1-2017, pax), without reading them: the browser streams them when it is sent. Pure. */

const BLOCK = 512;
const encoder = new TextEncoder();

/**
 * @param {{path: string, file: Blob}[]} entries
 * @returns {Blob}
 */
export function tarOf(entries) {
  const parts = [];
  for (const { path, file } of entries) parts.push(...extendedPath(path), header(shortened(path), file.size, "0"), file, padding(file.size));
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: "application/x-tar" });
}

/** The whole path in a record of its own, where the header has no room or no letters for it. */
function extendedPath(path) {
  if (shortened(path) === path) return [];
  const record = recordOf("path", path);
  return [header("path", record.length, "x"), record, padding(record.length)];
}

/** "LENGTH key=value\n", whose length counts itself. */
function recordOf(key, value) {
  const rest = encoder.encode(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return new Uint8Array([...encoder.encode(`${length}`), ...rest]);
}

function shortened(path) {
  return path.replace(/[^\x20-\x7e]/g, "_").slice(-100);
}

function header(name, size, type) {
  const block = new Uint8Array(BLOCK);
  const write = (text, at) => block.set(encoder.encode(text), at);
  const octal = (number, digits) => `${number.toString(8).padStart(digits, "0")}\0`;
  write(name, 0);
  write(octal(0o644, 7), 100);
  write(octal(0, 7), 108);
  write(octal(0, 7), 116);
  write(octal(size, 11), 124);
  write(octal(0, 11), 136);
  write("        ", 148); // the sum is made as if its own place were blank
  write(type, 156);
  write("ustar\x0000", 257);
  write(octal(block.reduce((sum, byte) => sum + byte, 0), 6), 148);
  return block;
}

function padding(size) {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}
