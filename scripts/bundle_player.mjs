/**
 * bundle_player.mjs <folder>: makes player.js and player.css of the entry.js and entry.css that are there.
 * What needs a server, or more of a page than a picture and its text, is left out: in its place stands what has the same
 * methods and does nothing.
 */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { minify } from "terser";

const ABSENT =
  /\/room\/(socket|panels|presses|glossary|cards|ledger|table|lagchart|rosters|settingspanel|logtools|rates|snug|worlds|memberbuttons)\.js$/;
const LAZY = /const \{ (\w+) \} = await import\("([^"]+)"\);/g;
const JOURNEY = { filter: /^\.\/journeypanel\.js$/ };
const FOLLOWING = "../alone/following.js";

/** @param {string} path of a module @returns {Promise<string>} one that exports the same numbers, and classes whose methods are empty */
async function emptied(path) {
  const exported = Object.entries(await import(path));
  const numbers = exported.filter(([, value]) => typeof value === "number");
  const classes = exported.filter(([, value]) => String(value).startsWith("class"));
  return [
    ...numbers.map(([name, value]) => `export const ${name} = ${value};`),
    ...classes.map(([name, value]) => `export class ${name} { ${methodsOf(value)} }`),
  ].join("\n");
}

/** @param {Function} value */
const methodsOf = ({ prototype }) =>
  Object.getOwnPropertyNames(prototype)
    .filter((name) => name !== "constructor" && typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === "function")
    .map((name) => `${name}() {}`)
    .join(" ");

/** In one file nothing can come later, and what is imported at once is smaller. @param {string} text */
function atOnce(text) {
  const imports = /** @type {string[]} */ ([]);
  const left = text.replace(LAZY, (_, name, path) => {
    imports.push(`import { ${name} } from "${path}";\n`);
    return "";
  });
  return imports.join("") + left;
}

const alone = {
  name: "alone",
  setup({ onLoad, onResolve, resolve }) {
    onResolve(JOURNEY, ({ resolveDir, kind }) => resolve(FOLLOWING, { resolveDir, kind }));
    onLoad({ filter: ABSENT }, async ({ path }) => ({ contents: await emptied(path) }));
    onLoad({ filter: /\/static\/js\/.*\.js$/ }, async ({ path }) => ({ contents: atOnce(await readFile(path, "utf8")) }));
  },
};

const folder = process.argv[2];
const options = { bundle: true, minify: true, charset: "utf8", legalComments: "none", logLevel: "warning", target: "es2022" };
const script = { entryPoints: [join(folder, "entry.js")], format: "esm", write: false, plugins: [alone] };
const { outputFiles } = await build({ ...options, ...script });
// A twentieth smaller yet, which esbuild by itself leaves.
const { code } = await minify(outputFiles[0].text, { module: true, ecma: 2020, compress: { passes: 3 } });
await writeFile(join(folder, "player.js"), code ?? "");
await build({ ...options, entryPoints: [join(folder, "entry.css")], outfile: join(folder, "player.css") });
