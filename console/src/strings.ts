import { administration, admins, keys, users } from './strings/administration.ts';
import { policy, providers, samples } from './strings/administration-policy.ts';
import { cut } from './strings/cut.ts';
import { ledger } from './strings/ledger.ts';
import { now } from './strings/now.ts';
import { own } from './strings/own.ts';
import { providerFields } from './strings/provider-fields.ts';
import { sessions } from './strings/sessions.ts';
import { components, failure, shell } from './strings/shell.ts';
import { signIn } from './strings/sign-in.ts';

/** Every text of the console, a section each; components hold none. */
export const strings = {
  shell,
  components,
  failure,
  signIn,
  own,
  sessions,
  now,
  ledger,
  cut,
  administration,
  admins,
  keys,
  users,
  providers,
  providerFields,
  policy,
  samples,
} as const;
