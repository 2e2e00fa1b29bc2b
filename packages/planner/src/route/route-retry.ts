/** How patiently routes are changed and read: all of it is a call and its answer. */

import type { RetryPolicy } from '@belay/runner';
import { worthAnotherTry } from '../move/refusal.ts';

export const routeRetry: RetryPolicy = { attempts: 4, delayMs: 1000, when: worthAnotherTry };
