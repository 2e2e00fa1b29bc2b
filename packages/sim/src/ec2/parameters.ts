import { err, ok, type Result } from 'neverthrow';
import type { Given } from './given.ts';
import { type Rejection, reject } from './rejection.ts';

/**
 * The declared shape of a request. From one declaration come the types that an action works with and the refusals
 * that EC2 gives before it looks at anything: a parameter that it does not know, that is missing, or that is no number.
 */
export interface Parameter<T> {
  readonly read: (given: Given | undefined, name: string) => Result<T, Rejection>;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What an action gets to see of its parameters. */
export type ValuesOf<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/** The parameters that give these values. */
export type ParametersOf<V> = { readonly [Name in keyof V]: Parameter<V[Name]> };

/** Reads all the parameters of a request; `path` is where they stand, for the refusals. */
export function readParameters<P extends Parameters>(
  parameters: P,
  given: Given,
  path = '',
): Result<ValuesOf<P>, Rejection> {
  for (const name of given.parts.keys()) {
    if (!Object.hasOwn(parameters, name)) {
      return err(reject('UnknownParameter', `The parameter ${path}${name} is not recognized.`));
    }
  }
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = parameter.read(given.parts.get(name), `${path}${name}`);
    if (value.isErr()) return err(value.error);
    values[name] = value.value;
  }
  // Each value has just been read by the parameter of its name.
  return ok(values as ValuesOf<P>);
}

export const text: Parameter<string | undefined> = leaf((given) => ok(given));

/** A whole number, 0 or more. */
export const whole: Parameter<number | undefined> = leaf((given, name) =>
  /^\d{1,15}$/.test(given)
    ? ok(Number(given))
    : err(
        reject('InvalidParameterValue', `Invalid value '${given}' for ${name}. It must be a whole number.`),
      ),
);

export const flag: Parameter<boolean | undefined> = leaf((given, name) => {
  const word = given.toLowerCase();
  if (word === 'true' || word === 'false') return ok(word === 'true');
  return err(
    reject('InvalidParameterValue', `Invalid value '${given}' for ${name}. It must be true or false.`),
  );
});

/** A time; milliseconds since the epoch. */
export const moment: Parameter<number | undefined> = leaf((given, name) => {
  const ms = Date.parse(given);
  if (!Number.isNaN(ms)) return ok(ms);
  return err(reject('InvalidParameterValue', `Invalid value '${given}' for ${name}. It must be a time.`));
});

export function choice<const Words extends readonly string[]>(
  ...words: Words
): Parameter<Words[number] | undefined> {
  return leaf((given, name) => {
    const word = words.find((one) => one === given);
    if (word !== undefined) return ok(word);
    return err(
      reject('InvalidParameterValue', `Invalid value '${given}' for ${name}. Expected: ${words.join(', ')}.`),
    );
  });
}

/** The things that have an id of their own, with its prefix and the code for one that cannot be an id at all. */
const ids = {
  instance: { prefix: 'i', malformed: 'InvalidInstanceID.Malformed' },
  volume: { prefix: 'vol', malformed: 'InvalidVolumeID.Malformed' },
  snapshot: { prefix: 'snap', malformed: 'InvalidSnapshotID.Malformed' },
  image: { prefix: 'ami', malformed: 'InvalidAMIID.Malformed' },
  address: { prefix: 'eipalloc', malformed: 'InvalidAllocationID.Malformed' },
  association: { prefix: 'eipassoc', malformed: 'InvalidAssociationID.Malformed' },
  reservation: { prefix: 'cr', malformed: 'InvalidCapacityReservationId.Malformed' },
} as const;

export function id(of: keyof typeof ids): Parameter<string | undefined> {
  const { prefix, malformed } = ids[of];
  const shape = new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`);
  return leaf((given, name) =>
    shape.test(given)
      ? ok(given)
      : err(reject(malformed, `Invalid id: "${given}" for ${name} (expecting "${prefix}-...").`)),
  );
}

/** Refused where it is not given. */
export function required<T>(parameter: Parameter<T | undefined>): Parameter<T> {
  return {
    read(given, name) {
      if (given === undefined) return missing(name);
      return parameter
        .read(given, name)
        .andThen((value) => (value === undefined ? missing(name) : ok(value)));
    },
  };
}

/** `Name.1`, `Name.2` and so on, in the order of their numbers; empty where none is given. */
export function list<T>(element: Parameter<T | undefined>): Parameter<readonly T[]> {
  return {
    read(given, name) {
      const values: T[] = [];
      const numbered = [...(given?.parts ?? [])].map(([number, part]) => ({ number, part }));
      if (given?.text !== undefined && given.text !== '') {
        return err(reject('InvalidParameterValue', `The parameter ${name} is a list: say ${name}.1.`));
      }
      for (const { number, part } of numbered.sort((a, b) => Number(a.number) - Number(b.number))) {
        if (!/^[1-9]\d*$/.test(number)) {
          return err(reject('UnknownParameter', `The parameter ${name}.${number} is not recognized.`));
        }
        const value = element.read(part, `${name}.${number}`);
        if (value.isErr()) return err(value.error);
        if (value.value !== undefined) values.push(value.value);
      }
      return ok(values);
    },
  };
}

/** A list that has something in it. */
export function some<T>(element: Parameter<T | undefined>): Parameter<readonly T[]> {
  const any = list(element);
  return {
    read: (given, name) =>
      any.read(given, name).andThen((values) => (values.length === 0 ? missing(name) : ok(values))),
  };
}

/** Parameters under a name of their own: `Ebs.VolumeSize`. */
export function group<P extends Parameters>(parameters: P): Parameter<ValuesOf<P> | undefined> {
  return {
    read: (given, name) =>
      given === undefined ? ok(undefined) : readParameters(parameters, given, `${name}.`),
  };
}

/** Taken as EC2 takes it, and without consequence here. */
export const unmodelled: Parameter<undefined> = { read: () => ok(undefined) };

function leaf<T>(read: (given: string, name: string) => Result<T, Rejection>): Parameter<T | undefined> {
  return {
    read(given, name) {
      if (given === undefined) return ok(undefined);
      const [part] = given.parts.keys();
      if (part !== undefined) {
        return err(reject('UnknownParameter', `The parameter ${name}.${part} is not recognized.`));
      }
      return given.text === undefined ? ok(undefined) : read(given.text, name);
    },
  };
}

function missing(name: string): Result<never, Rejection> {
  return err(reject('MissingParameter', `The request must contain the parameter ${name}.`));
}
