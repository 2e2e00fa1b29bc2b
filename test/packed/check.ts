/** One thing that is looked at: an empty list of problems means that it is well. */
export interface Check {
  readonly title: string;
  readonly problems: () => readonly string[];
}
