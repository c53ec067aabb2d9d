import { status as Status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { noCoordinator } from './coordinator-errors.js';

const unavailable = (details: string) =>
  Object.assign(new Error(`14 UNAVAILABLE: ${details}`), { code: Status.UNAVAILABLE, details });

it.each([
  [
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7. Resolution note: ',
    '(UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:7). Start it',
  ],
  [
    'No connection established. Last error: Protocol error (2026-11-26T04:57:34.485Z). Resolution note: ',
    '(UNAVAILABLE: Protocol error), and what listens there speaks no HTTP/2. Start it',
  ],
  [
    'No connection established. Last error: Failed to connect (2026-11-26T05:00:44.974Z). Resolution note: ',
    '(UNAVAILABLE: Failed to connect), and what listens there closed the connection: it may want a certificate (--certs). Start it',
  ],
  ['Connection dropped', '(UNAVAILABLE: Connection dropped). Start it'],
])('says why nobody answered, once and without what surrounds it: %s', (details, text) => {
  const { message, cause } = noCoordinator('127.0.0.1:7', 1_000, unavailable(details), '--join-timeout');
  expect(message).toContain(`no coordinator answered at 127.0.0.1:7 for 1.0 s ${text}`);
  expect(cause).toBeUndefined();
});
