/** Answers whether it was really done. */
export type Action = () => Promise<boolean> | boolean;

/** How likely something is, its name, and, where it can happen now, how it is done. */
export type Possibility = readonly [weight: number, name: string, action: Action | undefined];
