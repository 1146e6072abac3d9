/** Variable by which the suite's process is told to leave out what plain instances do only for comparison. */
export const WITHOUT_COMPARISON = 'IORCL_ACCEPTANCE_WITHOUT_COMPARISON';

/** Why an operation is left out then. */
export const NOT_COMPARED =
  'done by plain instances for comparison only, which wants a quiet machine: npm run test:acceptance';
