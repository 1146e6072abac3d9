/**
 * How a fake service is out of order: `unavailable` answers 503 with a load balancer's HTML page, `refused` has nobody
 * listening, `hang` accepts the request and never answers.
 */
export type Outage = 'unavailable' | 'refused' | 'hang';
