import { z } from 'zod';
import { Serial } from '../../access/serial.ts';
import { listPolicy, setPolicy } from '../../operations/policy.ts';
import { ElementError } from './element-error.ts';
import { type MethodCall, method } from './method.ts';
import { readTimeout, writeTimeout } from './timeout.ts';

const minuteMs = 60_000;

const getLoginSession = method({
  name: 'GetLoginSessionInfo',
  params: z.object({}),
  permission: 'policy.read',
  async run(_params, call) {
    const { own, wider } = await rulesOf(call);
    const idleTimeoutMs = own.idleTimeoutMs === undefined ? wider.idleTimeoutMs : own.idleTimeoutMs;
    return { object: { loginSessionInfo: { timeout: writeTimeout(idleTimeoutMs ?? 0) } } };
  },
});

/** Two changes at once must not undo each other: a rule is set as a whole. */
const changes = new Serial();

const setLoginSession = method({
  name: 'SetLoginSessionInfo',
  params: z.object({ timeout: z.string().optional() }),
  permission: 'policy.write',
  async run({ timeout }, call) {
    const ms = timeout === undefined ? 0 : readTimeout(timeout);
    if (ms === undefined) {
      throw new ElementError('xInvalidParameter', 'timeout: expected hours, minutes and seconds as HH:mm:ss');
    }
    if (ms > 0 && ms < minuteMs) {
      throw new ElementError('xInvalidParameter', 'timeout: expected at least one minute, or 0 for none');
    }
    await changes.run(async () => {
      const { own } = await rulesOf(call);
      const rule = { ...own, idleTimeoutMs: ms === 0 ? null : ms };
      await call.ask(setPolicy, { scope: { kind: 'realm', realm: call.realm }, rule });
    });
    return { object: {} };
  },
});

/** The rule of the face's realm, and what holds where it says nothing. */
async function rulesOf({ ask, realm }: MethodCall) {
  const { rules, builtIn } = await ask(listPolicy, {});
  const own = rules.find(({ scope }) => scope.kind === 'realm' && scope.realm === realm)?.rule ?? {};
  const general = rules.find(({ scope }) => scope.kind === 'default')?.rule ?? {};
  return { own, wider: general.idleTimeoutMs === undefined ? builtIn : general };
}

/** The methods for the idle limit of the face's realm. */
export const loginSessionMethods = [getLoginSession, setLoginSession];
