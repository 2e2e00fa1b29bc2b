// What a client must be told to use the stack.

/** By the names that all clients of OpenStack know. */
export type StackAccess = Readonly<Record<`OS_${string}`, string>>;

/** The project has the name of its user. */
export function accessOf(identity: string, password: string, user: string): StackAccess {
  return {
    OS_AUTH_URL: identity,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: user,
    OS_PASSWORD: password,
    OS_PROJECT_NAME: user,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
  };
}
