export { type Authority, createAuthority, readAuthority } from './authority.js';
export { type Credentials, issueCertificate, type IssueOptions } from './issue-certificate.js';
export {
  initCertificates,
  type InitOptions,
  issueInto,
  type IssuedFolder,
  type IssueIntoOptions,
} from './certificate-folder.js';
