export type { AuthMethod, Identification, ProjectScope } from './auth/auth-method.ts';
export type { EndpointInterface } from './auth/catalog.ts';
export { fromEnvironment } from './auth/environment.ts';
export { type PasswordAuthOptions, passwordAuth } from './auth/password.ts';
export type { ServiceType } from './auth/service-type.ts';
export { type TokenAuthOptions, tokenAuth } from './auth/token.ts';
export type {
  Attachment,
  AttachmentCreate,
  AttachmentFilter,
  AttachmentSummary,
  ConnectionInfo,
  Connector,
} from './block-storage/attachments/model.ts';
export type { BlockStorageService } from './block-storage/service.ts';
export type { Volume, VolumeAttachmentSummary, VolumeCreate } from './block-storage/volumes/model.ts';
export type { CallOptions } from './call-options.ts';
export { OpenStackClient, type OpenStackClientOptions } from './client.ts';
export type { Flavor, FlavorCreate } from './compute/flavors/model.ts';
export type { Server, ServerCreate, ServerFilter, ServerFlavor } from './compute/servers/model.ts';
export type { ComputeService } from './compute/service.ts';
export type { ServerVolume } from './compute/volume-attachments/model.ts';
export { AmbiguousRegionError, ConfigurationError, EndpointNotFoundError } from './error/configuration-error.ts';
export {
  AbortedError,
  AnswerTooLargeError,
  ConnectionError,
  MalformedAnswerError,
  RedirectedError,
  TimeoutError,
} from './error/exchange-error.ts';
export {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  HttpError,
  NotFoundError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
  UnsupportedMicroversionError,
} from './error/http-error.ts';
export { OpenStackError, type OpenStackErrorCode, type OpenStackErrorFacts } from './error/openstack-error.ts';
export type { IdentityService } from './identity/service.ts';
export type { TokenInfo } from './identity/tokens/model.ts';
export type { Image } from './image/images/model.ts';
export type { ImageService } from './image/service.ts';
export type { Network } from './network/networks/model.ts';
export type { FixedIp, Port, PortFilter } from './network/ports/model.ts';
export type { NetworkService } from './network/service.ts';
export type { WireRecord } from './wire/record.ts';
