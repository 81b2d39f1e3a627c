/** `127.0.0.1:6379`; an IPv6 address stands in brackets. */
export function formatPlace({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The first 8 digits of a node id: enough for people to tell nodes apart. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
