import {
  type CallCounts,
  type FaultProxy,
  openFaultProxy,
  type ProxyError,
  type ProxyRule,
  readProxyRules,
} from '@belay/sim/proxy';
import type { Result, ResultAsync } from 'neverthrow';
import { expectAssignable, expectError, expectType } from 'tsd';

const upstreams = { compute: 'http://127.0.0.1:8774', image: { url: 'http://127.0.0.1:9292', port: 9293 } };

// Opening may fail, and says how; the services are known by the names that they were given.
expectType<ResultAsync<FaultProxy<'compute' | 'image'>, ProxyError>>(openFaultProxy({ upstreams }));
declare const proxy: FaultProxy<'compute' | 'image'>;
expectType<string>(proxy.urls.compute);
expectError(proxy.urls.volume);
expectType<CallCounts>(proxy.calls({ service: 'image' }));
expectError(proxy.calls({ service: 'volume' }));
expectError(openFaultProxy({ upstreams, rewriteCatalogue: [{ service: 'identity' }] }));
expectError(openFaultProxy({}));

// A rule is taken back by what injecting it gave.
expectType<() => void>(proxy.inject({ service: 'compute', fault: { kind: 'drop-reply' } }));
expectError(proxy.inject({ service: 'volume', fault: { kind: 'drop-reply' } }));
expectError(proxy.inject({ path: '/v2.1/servers' }));

// Faults are a closed list, each with what it needs and nothing else.
expectAssignable<ProxyRule>({ fault: { kind: 'delay', delayMs: [10, 20], hold: 'reply' } });
expectAssignable<ProxyRule>({
  action: 'Describe*',
  probability: 0.1,
  fault: { kind: 'throttle', retryAfterS: 2 },
});
expectError<ProxyRule>({ fault: { kind: 'delay' } });
expectError<ProxyRule>({ fault: { kind: 'delay', delayMs: [1, 2, 3] } });
expectError<ProxyRule>({ fault: { kind: 'drop-reply', forwarded: false } });
expectError<ProxyRule>({ fault: { kind: 'answer' } });
expectError<ProxyRule>({ fault: { kind: 'bad-luck' } });

// Rules from a file are what a proxy takes.
const read = readProxyRules('[]');
expectType<Result<readonly ProxyRule[], ProxyError>>(read);
if (read.isOk()) openFaultProxy({ upstreams, rules: read.value });

// It closes itself at the end of a block.
expectAssignable<AsyncDisposable>(proxy);
