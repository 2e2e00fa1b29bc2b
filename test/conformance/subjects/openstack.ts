import { openstackSubject } from '../../../packages/openstack/test/subject.ts';
import { stackLevers } from '../../openstack/levers-behind.ts';
import { faultsOf } from '../../openstack/stack/faults.ts';
import { signIn } from '../../openstack/stack/session.ts';
import { settingsFrom } from '../../openstack/stack/settings.ts';
import { runs, type Stack, startStack, stopStack } from '../../openstack/stack/stack.ts';
import type { CloudUnderTest, OpenCloud, Run } from '../cloud-under-test.ts';

export const openstack: CloudUnderTest = {
  name: 'openstack',
  lane: 'openstack',
  adapter: '@belay/openstack',
  what: 'Keystone, Nova, Cinder, Neutron and Glance as Debian packages them',
  open: (run) => open(run, 'direct'),
};

export const openstackProxy: CloudUnderTest = {
  name: 'openstack-proxy',
  lane: 'openstack-proxy',
  adapter: '@belay/openstack',
  what: 'the same services behind the fault proxy',
  open: (run) => open(run, 'proxy'),
};

/** The services with the adapter before them, each way in a project of its own. */
async function open({ runName, say }: Run, way: 'direct' | 'proxy'): Promise<OpenCloud> {
  const { stack, leave } = await share(say);
  try {
    const environment = stack.members[way === 'direct' ? 0 : 1];
    const { projectId } = await signIn(environment);
    const behind = stackLevers(faultsOf(settingsFrom(process.env)), projectId);
    const opened = await openstackSubject({
      environment,
      operator: stack.operator,
      way,
      runName: `${runName}-${way}`,
    });
    const { levers } = opened.subject;
    const calm = (): void => {
      behind.calm?.();
      levers.calm?.();
    };
    return {
      // What the services themselves can show is better than what the way to them can pretend.
      subject: { ...opened.subject, levers: { ...levers, ...behind, calm } },
      async close() {
        await opened[Symbol.asyncDispose]();
        await leave();
      },
    };
  } catch (thrown) {
    await leave();
    throw thrown;
  }
}

let shared: Promise<Stack> | undefined;
let users = 0;
let wasRunning: boolean | undefined;

/** The project's own stack: started once where it does not run, and stopped again only then, by whoever leaves last. */
async function share(
  say: Run['say'],
): Promise<{ readonly stack: Stack; readonly leave: () => Promise<void> }> {
  const settings = settingsFrom(process.env);
  wasRunning ??= runs(settings);
  users += 1;
  const leave = async (): Promise<void> => {
    users -= 1;
    if (users > 0) return;
    shared = undefined;
    if (wasRunning !== true) await stopStack(settings, { purge: false });
  };
  shared ??= startStack(settings, say);
  try {
    return { stack: await shared, leave };
  } catch (thrown) {
    await leave();
    throw thrown;
  }
}
