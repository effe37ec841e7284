/** Texts of the page for signing in. */
export const signIn = {
  title: 'Sign in',
  lead: 'See who is signed in, and end what must end.',
  username: 'Username',
  password: 'Password',
  submit: 'Sign in',
  busy: 'Signing in',
  or: 'or',
  continueAs: (username: string) => `Continue as ${username}`,
  continueHint: 'You are signed in to Curfew in this browser already.',
  elsewhere: 'Sign in another way',
  elsewhereBy: (providers: readonly string[]) => `Sign in with ${list(providers)}`,
  empty: 'Enter a username and a password.',
  wait: (seconds: number) => `Try again in ${seconds} s.`,
  signedOut: 'You are signed out.',
  /** What stays after signing out, told truthfully: the provider signs in again without asking. */
  open: (provider: string) =>
    `You are still signed in with ${provider}: until you sign out there too, whoever uses this browser can come back without a password.`,
  openWithoutEnd: (provider: string) =>
    `You are still signed in with ${provider}, and cannot be led to its sign-out from here. Sign out there by hand: until then whoever uses this browser can come back without a password.`,
  endThere: (provider: string) => `Sign out of ${provider} too`,
  /** Why somebody has to sign in again; who ended the session is not told here. */
  ended: {
    revoked: 'Your session was ended. Sign in again if you may.',
    displaced: 'Your session was ended because you signed in elsewhere.',
    idle: 'Your session has ended because it was not used for too long.',
    expired: 'Your session has reached its greatest age.',
    logged_out: 'You have signed out.',
    unknown: 'Your session has ended.',
    changed: 'Your access has changed. Sign in again.',
  },
} as const;

function list(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(names);
}
