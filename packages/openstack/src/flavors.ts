import type { CloudError, CloudResult } from '@belay/cloud';
import { fail } from '@belay/cloud/adapter';
import { err, ok, ResultAsync } from 'neverthrow';
import { pages } from './pages.ts';
import type { Span } from './span.ts';
import { flagAt, numberAt, textAt, type Wire } from './wire.ts';

/** What Nova calls an instance type. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** The root disk on the host itself; 0 where servers of it have to boot from a volume. */
  readonly diskGiB: number;
  readonly disabled: boolean;
}

/** The flavor of this name, or else of this id; `undefined` where there is none that the project may use. */
export function findFlavor(span: Span, nameOrId: string): CloudResult<Flavor | undefined> {
  return new ResultAsync(
    (async () => {
      let byId: Flavor | undefined;
      for await (const one of pages(span, 'listFlavors', 'flavors')) {
        if (one.isErr()) return err<Flavor | undefined, CloudError>(one.error);
        const flavor = flavorOf(one.value);
        if (flavor.name === nameOrId) return ok(flavor);
        if (flavor.id === nameOrId) byId = flavor;
      }
      return ok(byId);
    })(),
  );
}

/** As {@link findFlavor}; one that is not there makes the request wrong. */
export function mustFindFlavor(span: Span, nameOrId: string): CloudResult<Flavor> {
  return findFlavor(span, nameOrId).andThen((flavor) =>
    flavor === undefined
      ? err(fail(span, 'invalid', `There is no flavor ${nameOrId} that the project may use.`))
      : ok(flavor),
  );
}

function flavorOf(wire: Wire): Flavor {
  return {
    id: textAt(wire, 'id') ?? '',
    name: textAt(wire, 'name') ?? '',
    vcpus: numberAt(wire, 'vcpus') ?? 0,
    memoryMiB: numberAt(wire, 'ram') ?? 0,
    diskGiB: numberAt(wire, 'disk') ?? 0,
    disabled: flagAt(wire, 'OS-FLV-DISABLED:disabled') ?? false,
  };
}
