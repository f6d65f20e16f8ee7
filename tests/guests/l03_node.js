// id: L3.node
// title: node works: timers, files, child processes, worker threads, wasm
// limits: wall=30s
const assert = require('assert');
const { execFileSync } = require('child_process');
const fs = require('fs');
const { Worker } = require('worker_threads');
(async () => {
  await fs.promises.writeFile('file', 'content');
  assert.equal(await fs.promises.readFile('file', 'utf8'), 'content');
  assert.equal(execFileSync('echo', ['hello']).toString(), 'hello\n');
  const answer = await new Promise((resolve, reject) => {
    const worker = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
  assert.equal(answer, 42);
  new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  new WebAssembly.Instance(module);
  console.log('OK');
})();
