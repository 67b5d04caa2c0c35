// SPDX-License-Identifier: MIT
// client.mjs: an actor of a workload file as a Node program that stays. Copy it beside yours:
//
//     import { run, Uncounted, Reset } from "./client.mjs";
//     run({
//         async put({ index, seed }) {        // seed: a BigInt, the same for the same operation
//             assert(await store(seed));      // an AssertionError is a failure
//             return `put ${seed}`;           // a note, or nothing
//         },
//     });                                     // [actor writer] program = node writer.mjs
//
// `throw new Uncounted()` and `throw new Reset()` are the other answers. Any other error ends the
// program, with its stack in the finding. console.log() would be an answer: it goes to standard
// error.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

export class Uncounted extends Error {}
export class Reset extends Error {}

const answers = new Map([["AssertionError", "fail"], ["Uncounted", "uncounted"],
                         ["Reset", "reset"]]);

async function answer(perform, operation) {
    try {
        return `ok ${await perform(operation) ?? ""}`;
    } catch (error) {
        const word = answers.get(error.constructor.name);
        if (!word)
            throw error;
        return `${word} ${error.message}`;
    }
}

export async function run(actions) {
    console.log = console.error;
    for await (const line of createInterface({ input: process.stdin })) {
        const [index, action, seed, generation] = line.split(" ");
        const said = await answer(actions[action], { index: BigInt(index), seed: BigInt(seed),
                                                     generation: BigInt(generation) });
        writeSync(1, said.replace(/\s+/g, " ") + "\n");
    }
}
