// Who wants the runs of these stories, and why.

export const word = { by: 'the test', reason: 'to see it done' } as const;
