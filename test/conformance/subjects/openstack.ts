import { openstackSubject } from '../../../packages/openstack/test/subject.ts';
import { stackLevers } from '../../openstack/levers-behind.ts';
import { faultsOf } from '../../openstack/stack/faults.ts';
import { signIn } from '../../openstack/stack/session.ts';
import { settingsFrom } from '../../openstack/stack/settings.ts';
import { runs, startStack, stopStack } from '../../openstack/stack/stack.ts';
import type { CloudUnderTest, OpenCloud, Run } from '../cloud-under-test.ts';

export const openstack: CloudUnderTest = {
  name: 'openstack',
  adapter: '@belay/openstack',
  what: 'Keystone, Nova, Cinder, Neutron and Glance as Debian packages them',
  open: (run) => open(run, 'direct'),
};

export const openstackProxy: CloudUnderTest = {
  name: 'openstack-proxy',
  adapter: '@belay/openstack',
  what: 'the same services behind the fault proxy',
  open: (run) => open(run, 'proxy'),
};

/** The project's own stack: started where it does not run, and stopped again only then. */
async function open({ runName, say }: Run, way: 'direct' | 'proxy'): Promise<OpenCloud> {
  const settings = settingsFrom(process.env);
  const wasRunning = runs(settings);
  const { members, operator } = await startStack(settings, say);
  const [environment] = members;
  const stop = async (): Promise<void> => {
    if (!wasRunning) await stopStack(settings, { purge: false });
  };
  try {
    const { projectId } = await signIn(environment);
    const behind = stackLevers(faultsOf(settings), projectId);
    const opened = await openstackSubject({
      environment,
      operator,
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
        await stop();
      },
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}
