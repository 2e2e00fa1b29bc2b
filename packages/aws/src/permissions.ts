import type { CloudError, CloudResult, Permission, Permissions, PlannedCall } from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { type Ask, dryRunOf } from './dry-run.ts';
import type { Ec2 } from './ec2.ts';
import { beginRead, read, type Span } from './span.ts';

/**
 * What the credentials may do, asked by dry runs: EC2 looks at the rights, does nothing, and answers
 * `DryRunOperation` for yes and `UnauthorizedOperation` for no. Any other answer says nothing about rights. Route 53 has
 * no dry run. A dry run proves rights only: never capacity, quota or state.
 */
export function permissions(ec2: Ec2): Permissions {
  return {
    check(calls, options) {
      const span = beginRead(ec2, 'permissions.check', options);
      return ResultAsync.combine(calls.map((call) => permissionOf(span, call)));
    },
  };
}

function permissionOf(span: Span, call: PlannedCall): CloudResult<Permission> {
  const { verb } = call;
  const { actions, ask } = dryRunOf(call, span.ec2.at.region);
  if (typeof ask === 'string') return okAsync({ verb, allowed: 'unknown', actions, why: ask });
  return new ResultAsync(answerTo(span, ask)).map((answer) => ({ verb, actions, ...answer }));
}

type Answer = Pick<Permission, 'allowed' | 'why'>;

async function answerTo(span: Span, ask: Ask): Promise<Result<Answer, CloudError>> {
  const answer = await read(span, ask);
  // Real EC2 never does that; what speaks its language and knows no dry runs may have carried the call out.
  if (answer.isOk()) return ok({ allowed: 'unknown', why: 'The dry run was not answered as one.' });
  const { error } = answer;
  if (error.code === 'DryRunOperation') return ok({ allowed: 'yes' });
  if (error.code === 'UnauthorizedOperation') return ok({ allowed: 'no', why: withoutCipher(error.message) });
  // Without an answer, or without an account, the question was not put at all.
  const isPut = !['cancelled', 'timeout', 'unauthenticated'].includes(error.kind);
  return isPut ? ok({ allowed: 'unknown', why: error.message }) : err(error);
}

/** EC2 adds a long text that only `sts:DecodeAuthorizationMessage` can read. */
function withoutCipher(message: string): string {
  return message.replace(/\s*Encoded authorization failure message:[\s\S]*$/, '');
}
