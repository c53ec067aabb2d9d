export * from './guard-interceptor.js';
export * from './load-security.js';
export * from './open-stub.js';
export * from './page-guard.js';
export * from './plaintext-rule.js';
export * from './refusal-log.js';
export * from './security.js';
export * from './tls-listener.js';
