import { isIP } from 'node:net';

/** Whether host:port is on this machine's loopback. */
export function isLoopback(address: string): boolean {
  const host = address.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A coordinator on loopback has all its workers there; else peers come from other machines. */
export function defaultListenHost(coordinator: string): string {
  return isLoopback(coordinator) ? '127.0.0.1' : '0.0.0.0';
}

/** What peers are told; empty for all interfaces: the coordinator puts in the address that it sees. */
export function defaultAdvertiseHost(listenHost: string): string {
  return listenHost === '0.0.0.0' || listenHost === '::' ? '' : listenHost;
}
