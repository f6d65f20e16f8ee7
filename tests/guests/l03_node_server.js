// id: L3.node.server
// title: a node server works on loopback
// limits: wall=30s
const assert = require('assert');
const http = require('http');
(async () => {
  const server = http.createServer((request, response) => response.end('served'));
  await new Promise((resolve) => server.listen(8082, '127.0.0.1', resolve));
  const body = await new Promise((resolve) => http.get('http://127.0.0.1:8082/', (response) => {
    let text = '';
    response.on('data', (data) => (text += data)).on('end', () => resolve(text));
  }));
  assert.equal(body, 'served');
  server.close();
  console.log('OK');
})();
