/** The code of the error where a peer's certificate is the authority's, but not for what the peer does. */
export const WRONG_ROLE = 'TANDEM_WRONG_ROLE';

/** What is wrong with a peer's certificate, by OpenSSL's codes and by its words, which grpc-js has alone. */
const identities: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/CERT_HAS_EXPIRED|certificate has expired/i, 'its certificate has expired'],
  [
    /CERT_NOT_YET_VALID|certificate is not yet valid/i,
    'its certificate is not valid yet (compare the clocks of both machines)',
  ],
  [
    /SELF_SIGNED_CERT|self[- ]signed certificate|UNABLE_TO_GET_ISSUER_CERT|unable to get (local )?issuer certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to verify the (first|leaf) certificate|CERT_SIGNATURE_FAILURE|certificate signature failure/i,
    'its certificate is of another authority',
  ],
  [/INVALID_PURPOSE|(unsupported|unsuitable) certificate purpose/i, 'its certificate is not for this purpose'],
];

const handshakes: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/did_?\s?not_?\s?return_?\s?a_?\s?certificate|certificate_?\s?required/i, 'it has no certificate'],
  [
    /HTTP_REQUEST|http request|WRONG_VERSION_NUMBER|wrong version number|packet length too long/i,
    'it does not speak TLS',
  ],
  [/UNSUPPORTED_PROTOCOL|unsupported protocol|PROTOCOL_VERSION|protocol version/i, 'it speaks an older TLS than 1.3'],
  [/HANDSHAKE_TIMEOUT|handshake timeout/i, 'it did not finish the TLS handshake'],
];

function find(text: string, known: typeof identities): string | undefined {
  return known.find(([pattern]) => pattern.test(text))?.[1];
}

/** Why a caller was refused before it could say anything. */
export function describeHandshakeFault(error: Error & { code?: string }): string {
  const text = `${error.code ?? ''} ${error.message}`;
  return find(text, identities) ?? find(text, handshakes) ?? `the TLS handshake failed (${text.trim()})`;
}

/**
 * Why another attempt is of no use: what listens there is not who it should be, or does not speak TLS. Undefined: it may be.
 *
 * @param text codes and messages of the error that a client had
 */
export function identityFault(text: string): string | undefined {
  const role = /its certificate is for .*, not for a \w+/.exec(text)?.[0];
  return (
    role ??
    find(text, identities) ??
    (/wrong version number|WRONG_VERSION_NUMBER|packet length too long/i.test(text)
      ? 'it does not speak TLS'
      : undefined)
  );
}
