/**
 * What is wrong with the address of a service, or `undefined`. The answer names the field and never quotes it: an
 * address with a password in it is one of the things that can be wrong, for errors show addresses.
 */
export function addressProblem(name: string, address: string): string | undefined {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    return `The ${name} is not an address that begins with http:// or https://.`;
  }
  const { username, password } = new URL(address);
  if (username === '' && password === '') return undefined;
  return `The ${name} has a user or a password in it, where errors would show them: give them apart.`;
}
