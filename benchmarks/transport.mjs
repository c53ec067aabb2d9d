// Throughput of the gRPC transport between two processes of this machine, both ways at once, by chunk size; and how long
// a contribution takes to reach the communication thread. Needs a build: node benchmarks/transport.mjs
import { fork } from 'node:child_process';
import process, { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { CollectiveServer, GrpcTransport } from '@tandem/rpc';

const TOTAL_BYTES = 244e6;
const CHUNKS = [64, 256, 512, 1024, 3072, 4096].map((kib) => kib * 1024);
const ROUNDS = 5;

async function exchange(transport, chunkBytes) {
  const data = new Uint8Array(new SharedArrayBuffer(chunkBytes)).fill(1);
  const frames = Math.ceil(TOTAL_BYTES / chunkBytes);
  for (let step = 0; step < frames; step += 1) {
    await transport.send(1 - transport.rank, { step, bucket: 0, phase: 'gather', part: 0, offset: 0, data });
  }
  return frames * chunkBytes;
}

async function rank(number) {
  const server = await CollectiveServer.listen({ host: '127.0.0.1', port: 0 });
  process.send({ number, port: server.port });
  const [ports] = await new Promise((resolve) => process.once('message', (...message) => resolve(message)));
  const members = ports.map((port, index) => ({ rank: index, name: `w${index}`, address: `127.0.0.1:${port}` }));
  const transport = await GrpcTransport.connect({
    ...{ server, runId: 'bench', generation: 1, rank: number, members, timeoutMs: 10_000 },
  });
  let received = 0;
  let goal = Infinity;
  let reached = () => undefined;
  transport.onFrame((_, { data }) => {
    received += data.byteLength;
    if (received >= goal) reached();
  });
  async function round(chunkBytes) {
    const bytes = Math.ceil(TOTAL_BYTES / chunkBytes) * chunkBytes;
    const all = new Promise((resolve) => {
      reached = resolve;
      goal = bytes;
      if (received >= goal) resolve();
    });
    await exchange(transport, chunkBytes);
    await all;
    received -= bytes;
    goal = Infinity;
    return bytes;
  }
  for (const chunkBytes of CHUNKS) {
    await round(chunkBytes);
    const from = performance.now();
    const cpu = process.cpuUsage();
    let bytes = 0;
    for (let index = 0; index < ROUNDS; index += 1) bytes += await round(chunkBytes);
    const seconds = (performance.now() - from) / 1e3;
    const { user, system } = process.cpuUsage(cpu);
    // Over all rounds: the peer may be ahead in one and behind in the next.
    const rate = (bytes / 1e6 / seconds).toFixed(0);
    const cores = ((user + system) / 1e6 / seconds).toFixed(2);
    if (number === 0) console.log(`chunk ${chunkBytes / 1024} KiB: ${rate} MB/s each way, ${cores} cores a process`);
  }
  await transport.close();
  await server.close();
  process.disconnect();
}

if (process.send === undefined) {
  const children = [0, 1].map((number) => fork(fileURLToPath(import.meta.url), [String(number)]));
  const ports = [];
  for (const child of children) {
    child.on('message', ({ number, port }) => {
      ports[number] = port;
      if (Object.keys(ports).length === 2) for (const each of children) each.send(ports);
    });
  }
} else {
  await rank(Number(argv[2]));
}
