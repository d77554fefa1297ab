// The server's edit programs, from holm-dom by way of its example.

import { spawnSync } from "node:child_process";

const root = new URL("../..", import.meta.url);
const hex = text => Buffer.from(text).toString("hex") || "-";

/** The program from each first to its second HTML, as byte arrays; `null` where the server sends a snapshot. */
export const programs = pairs => {
  const args = ["run", "--quiet", "--package", "holm-dom", "--example", "programs"];
  const { status, stdout, stderr } = spawnSync("cargo", args, {
    cwd: root,
    input: pairs.map(([from, to]) => `${hex(from)} ${hex(to)}\n`).join(""),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status) throw new Error(`cargo ${args.join(" ")}:\n${stderr}`);
  const lines = stdout.split("\n").slice(0, pairs.length);
  return lines.map(line => (line == "-" ? null : [...Buffer.from(line, "hex")]));
};
