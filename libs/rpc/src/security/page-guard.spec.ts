import { expect, it } from 'vitest';
import { PageGuard } from './page-guard.js';
import { LOOPBACK_ONLY } from './security.js';

const token = 'a-token:that-nobody-guesses';
const tls = { certificate: '', key: '', authority: '' };
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const asked = { status: 401, details: 'the join token is wrong' };

it.each([
  [basic('anybody', token), undefined],
  [basic('', token), undefined],
  [basic('anybody', token).replace('Basic', 'basic'), undefined],
  [`Bearer ${token}`, undefined],
  [undefined, { status: 401, details: 'no join token came with the call' }],
  [basic('anybody', 'another'), asked],
  [basic('anybody', ''), asked],
  // A user's name is no password.
  [basic(token, ''), asked],
  ['Basic !', asked],
  ['', asked],
])('where there is a token, %s gives %j, over TLS too', (authorization, refusal) => {
  for (const security of [LOOPBACK_ONLY, { ...LOOPBACK_ONLY, tls }])
    expect(new PageGuard({ ...security, token }).refusal({ authorization, roles: undefined })).toEqual(refusal);
});

it('asks for the token from holders of certificates too', () => {
  const guard = new PageGuard({ ...LOOPBACK_ONLY, tls, token });
  expect(guard.refusal({ authorization: undefined, roles: ['observer'] })).toMatchObject({ status: 401 });
});

it('asks for a certificate with a role where there is no token', () => {
  const guard = new PageGuard({ ...LOOPBACK_ONLY, tls });
  expect(guard.refusal({ authorization: undefined, roles: ['observer'] })).toBeUndefined();
  for (const roles of [undefined, []])
    expect(guard.refusal({ authorization: undefined, roles })).toMatchObject({ status: 403 });
});

it('asks for nothing in plaintext on loopback without a token', () => {
  expect(new PageGuard(LOOPBACK_ONLY).refusal({ authorization: undefined, roles: undefined })).toBeUndefined();
});
