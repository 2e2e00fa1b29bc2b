// What reads show of volumes and servers, changed on the way: late, stuck, strange or failed. The real services go on as
// they are; a change that is to come to nothing is answered here and never reaches them.

import type { Levers } from '@belay/cloud/conformance';
import type { Fetch, FetchAnswer, FetchInit } from '../src/http.ts';
import { type MadeUp, madeUp, type WireCall } from './routes.ts';

export interface Views {
  readonly levers: Levers;
  /** The next so many servers are accepted and find no host. */
  failNextServers(times: number): void;
  calm(): void;
  /** Sends a call, and gives what is to be seen of it. */
  pass(url: string, init: FetchInit, call: WireCall): Promise<FetchAnswer>;
}

type Json = Record<string, unknown>;
/** What a read shows in the place of what is; `undefined` hides it. */
type View = (real: Json) => Json | undefined;
/** What becomes of a change of one volume. */
type Plan = (real: () => Promise<FetchAnswer>) => Promise<FetchAnswer>;

export function answerOf({ status, body, headers }: MadeUp): FetchAnswer {
  return {
    status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    text: async () => body,
  };
}

export function openViews(network: Fetch): Views {
  const views = new Map<string, View>();
  const latest = new Map<string, Json>();
  const plans = { attach: new Map<string, Plan>(), detach: new Map<string, Plan>() };
  const hung = new Map<string, (() => void)[]>();
  const next = { hiddenReads: 0, shownReads: 0, vanishing: 0, failing: 0 };

  const show = (id: string, view: View): (() => void) => {
    views.set(id, view);
    return () => {
      if (views.get(id) === view) views.delete(id);
    };
  };
  const showFor = (id: string, reads: number, view: View): void => {
    let left = reads;
    const end = show(id, (real) => {
      if (left === 0) {
        end();
        return real;
      }
      left -= 1;
      return view(real);
    });
  };
  const as =
    (status: string, more: Json = {}): View =>
    (real) => ({ ...real, status, ...more });
  const rollBack = (volumeId: string): Promise<FetchAnswer> => {
    showFor(volumeId, 2, as('detaching'));
    return Promise.resolve(answerOf(madeUp(202, {})));
  };

  const levers: Levers = {
    stickVolume(volumeId) {
      const ends: (() => void)[] = [];
      plans.attach.set(volumeId, (real) => {
        ends.push(show(volumeId, as('attaching', { attachments: [] })));
        return real();
      });
      plans.detach.set(volumeId, (real) => {
        const { attachments = [] } = latest.get(volumeId) ?? {};
        ends.push(show(volumeId, as('detaching', { attachments })));
        return real();
      });
      return () => {
        plans.attach.delete(volumeId);
        plans.detach.delete(volumeId);
        for (const end of ends) end();
      };
    },
    hideNew(reads, shownReads = 0) {
      next.hiddenReads = reads;
      next.shownReads = shownReads;
    },
    staleReads(volumeId, reads) {
      plans.detach.set(volumeId, async (real) => {
        plans.detach.delete(volumeId);
        const before = latest.get(volumeId);
        const answer = await real();
        if (before !== undefined) showFor(volumeId, reads, () => before);
        return answer;
      });
    },
    vanish() {
      next.vanishing += 1;
    },
    failAttach(volumeId) {
      plans.attach.set(volumeId, async () => {
        plans.attach.delete(volumeId);
        showFor(volumeId, 2, as('reserved'));
        return answerOf(madeUp(200, { volumeAttachment: { id: volumeId, volumeId } }));
      });
    },
    rollBackDetach(volumeId) {
      plans.detach.set(volumeId, () => {
        plans.detach.delete(volumeId);
        return rollBack(volumeId);
      });
    },
    holdDisk(volumeId) {
      plans.detach.set(volumeId, () => rollBack(volumeId));
      return () => void plans.detach.delete(volumeId);
    },
    hangHost(instanceId) {
      const ends: (() => void)[] = [];
      hung.set(instanceId, ends);
      return () => {
        hung.delete(instanceId);
        for (const end of ends) end();
      };
    },
    strangeState: (volumeId) => show(volumeId, as('pondering')),
  };

  const change = (call: WireCall, real: () => Promise<FetchAnswer>): Promise<FetchAnswer> | undefined => {
    const [, serverId = '', inPath] = attachmentPath.exec(call.path) ?? [];
    if (call.method === 'POST' && attachmentPath.test(call.path)) {
      const { volumeAttachment } = JSON.parse(call.body) as { volumeAttachment: { volumeId: string } };
      return plans.attach.get(volumeAttachment.volumeId)?.(real);
    }
    if (call.method !== 'DELETE' || inPath === undefined) return undefined;
    const hanging = hung.get(serverId);
    if (hanging === undefined) return plans.detach.get(inPath)?.(real);
    hanging.push(show(inPath, as('detaching')));
    return Promise.resolve(answerOf(madeUp(202, {})));
  };

  const created = (id: string, path: string): void => {
    if (path === '/servers' && next.failing > 0) {
      next.failing -= 1;
      const fault = { code: 500, message: 'No valid host was found. ' };
      const never = { 'OS-EXT-STS:task_state': null, 'OS-SRV-USG:launched_at': null, fault };
      show(id, (real) => (real['OS-EXT-STS:task_state'] === 'deleting' ? real : as('ERROR', never)(real)));
    }
    if (path !== '/volumes') return;
    if (next.vanishing > 0) {
      next.vanishing -= 1;
      show(id, (real) => (real['status'] === 'available' ? as('error')(real) : real));
    } else if (next.hiddenReads > 0) {
      let shown = next.shownReads;
      showFor(id, next.shownReads + next.hiddenReads, (real) => (shown-- > 0 ? real : undefined));
      next.hiddenReads = 0;
    }
  };

  const seen = (real: Json): Json | undefined => {
    const id = String(real['id']);
    latest.set(id, real);
    const view = views.get(id);
    return view === undefined ? real : view(real);
  };

  return {
    levers,
    failNextServers(times) {
      next.failing += times;
    },
    calm() {
      views.clear();
      plans.attach.clear();
      plans.detach.clear();
      hung.clear();
      next.hiddenReads = next.vanishing = next.failing = 0;
    },
    async pass(url, init, call) {
      const real = (): Promise<FetchAnswer> => network(url, init);
      const answer = await (change(call, real) ?? real());
      const isCreate = call.method === 'POST' && (call.path === '/servers' || call.path === '/volumes');
      if (!isCreate && (call.method !== 'GET' || !viewed.test(call.path))) return answer;
      const text = await answer.text();
      const again = (body: string, status = answer.status): FetchAnswer => {
        return { status, headers: answer.headers, text: async () => body };
      };
      if (answer.status > 299) return again(text);
      const body = JSON.parse(text) as Record<string, Json | Json[]>;
      const [name = '', content] = Object.entries(body)[0] ?? [];
      if (Array.isArray(content)) {
        return again(JSON.stringify({ ...body, [name]: content.flatMap((one) => seen(one) ?? []) }));
      }
      if (isCreate) {
        created(String(content?.['id']), call.path);
        return again(text);
      }
      const shown = seen(content ?? {});
      if (shown !== undefined) return again(JSON.stringify({ [name]: shown }));
      return answerOf(madeUp(404, { itemNotFound: { code: 404, message: 'It could not be found.' } }));
    },
  };
}

const attachmentPath = /^\/servers\/([^/]+)\/os-volume_attachments(?:\/([^/]+))?$/;
const viewed = /^\/(?:volumes|servers)\/[^/]+$/;
