export { type ApplicationCredentialAuthOptions, applicationCredentialAuth } from './auth/application-credential.ts';
export type { AuthMethod, AuthScope, Identification, ProjectScope } from './auth/auth-method.ts';
export type { CatalogEndpoint, CatalogService, EndpointInterface } from './auth/catalog.ts';
export { type NoneAuthOptions, noneAuth } from './auth/none.ts';
export { type PasswordAuthOptions, passwordAuth } from './auth/password.ts';
export { withServiceToken } from './auth/service-token.ts';
export type { ServiceType } from './auth/service-type.ts';
export { type TokenAuthOptions, tokenAuth } from './auth/token.ts';
export type {
  Attachment,
  AttachmentCreate,
  AttachmentCreateMicroversion,
  AttachmentCreateSince354,
  AttachmentCreatesByMicroversion,
  AttachmentFilter,
  AttachmentSummary,
  ConnectionInfo,
  Connector,
} from './block-storage/attachments/model.ts';
export type { Message, MessageFilter } from './block-storage/messages/model.ts';
export type { QosSpecs, QosSpecsCreate } from './block-storage/qos-specs/model.ts';
export type { BlockStorageService } from './block-storage/service.ts';
export type { BlockStorageServiceEntry, BlockStorageServiceFilter } from './block-storage/services/model.ts';
export type { Snapshot, SnapshotCreate, SnapshotFilter, SnapshotUpdate } from './block-storage/snapshots/model.ts';
export type {
  VolumeType,
  VolumeTypeCreate,
  VolumeTypeEncryption,
  VolumeTypeEncryptionCreate,
  VolumeTypeFilter,
  VolumeTypeUpdate,
} from './block-storage/volume-types/model.ts';
export type {
  Volume,
  VolumeAttachmentSummary,
  VolumeCreate,
  VolumeEncryption,
  VolumeFilter,
  VolumeMicroversion,
  VolumeSince348,
  VolumeSince363,
  VolumeSince365,
  VolumeStateReset,
  VolumesByMicroversion,
  VolumeUpdate,
} from './block-storage/volumes/model.ts';
export type { CallOptions, ListOptions, SinceOptions } from './call-options.ts';
export { OpenStackClient, type OpenStackClientOptions } from './client.ts';
export type {
  ExternalEvent,
  ExternalEventMicroversion,
  ExternalEventName,
  ExternalEventNamesByMicroversion,
  ExternalEventResult,
} from './compute/external-events/model.ts';
export type { Flavor, FlavorCreate, FlavorFilter } from './compute/flavors/model.ts';
export type {
  CountedHypervisor,
  Hypervisor,
  HypervisorMicroversion,
  HypervisorSince288,
  HypervisorsByMicroversion,
} from './compute/hypervisors/model.ts';
export type { Keypair, KeypairCreate, KeypairFilter } from './compute/keypairs/model.ts';
export type {
  Migration,
  MigrationFilter,
  MigrationMicroversion,
  MigrationSince280,
  MigrationsByMicroversion,
} from './compute/migrations/model.ts';
export type {
  EvacuateOptions,
  LiveMigrateOptions,
  LockReason,
  MigrateOptions,
  RebuildOptions,
  RemoteConsole,
  UnshelveOptions,
} from './compute/server-actions/model.ts';
export type { ServerMigration } from './compute/server-migrations/model.ts';
export type {
  BlockDevice,
  ServerCreate,
  ServerCreateMicroversion,
  ServerCreateSince252,
  ServerCreateSince263,
  ServerCreateSince274,
  ServerCreateSince290,
  ServerCreatesByMicroversion,
} from './compute/servers/create.ts';
export type {
  Server,
  ServerAddress,
  ServerFilter,
  ServerFlavor,
  ServerMicroversion,
  ServerSince263,
  ServerSince271,
  ServerSince273,
  ServerSince296,
  ServersByMicroversion,
  ServerUpdate,
} from './compute/servers/model.ts';
export type { ComputeService } from './compute/service.ts';
export type { ComputeServiceEntry, ComputeServiceFilter, ComputeServiceUpdate } from './compute/services/model.ts';
export type {
  ServerVolume,
  ServerVolumeCreate,
  ServerVolumeCreateMicroversion,
  ServerVolumeCreateSince279,
  ServerVolumeCreatesByMicroversion,
} from './compute/volume-attachments/model.ts';
export { type Environment, fromEnvironment } from './configuration/environment.ts';
export type { YamlParse } from './configuration/files.ts';
export { type CloudsOptions, fromClouds } from './configuration/from-clouds.ts';
export {
  AmbiguousRegionError,
  ConfigurationError,
  EndpointNotFoundError,
  UnscopedTokenError,
} from './error/configuration-error.ts';
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
  QuotaExceededError,
  ServiceUnavailableError,
  TokenExpiredError,
  TooManyRequestsError,
  UnauthorizedError,
  UnsupportedMicroversionError,
} from './error/http-error.ts';
export { OpenStackError, type OpenStackErrorCode, type OpenStackErrorFacts } from './error/openstack-error.ts';
export { ResourceFailedError } from './error/resource-failed-error.ts';
export type { CallEvent, CallObserver } from './http/call-event.ts';
export { type ProxyOptions, proxyFromEnvironment } from './http/proxy.ts';
export type { RetryOptions } from './http/retry.ts';
export type { ClientCertificate, TlsOptions } from './http/tls-options.ts';
export type {
  ApplicationCredential,
  ApplicationCredentialCreate,
  ApplicationCredentialFilter,
} from './identity/application-credentials/model.ts';
export type { Endpoint, EndpointCreate, EndpointFilter } from './identity/endpoints/model.ts';
export type { Project, ProjectCreate, ProjectFilter, ProjectUpdate } from './identity/projects/model.ts';
export type { RoleAssignment, RoleAssignmentFilter, RoleGrant, RoleScope } from './identity/role-assignments/model.ts';
export type { Role, RoleCreate, RoleFilter } from './identity/roles/model.ts';
export type { IdentityService } from './identity/service.ts';
export type { IdentityServiceCreate, IdentityServiceEntry, IdentityServiceFilter } from './identity/services/model.ts';
export type { TokenInfo } from './identity/tokens/model.ts';
export type { TokenValidator, TokenValidatorOptions } from './identity/tokens/validator.ts';
export type { Trust, TrustCreate, TrustFilter } from './identity/trusts/model.ts';
export type { User, UserCreate, UserFilter, UserUpdate } from './identity/users/model.ts';
export type { Image, ImageCreate, ImageFilter, ImageUpdate, ImageVisibility } from './image/images/model.ts';
export type { ImageService } from './image/service.ts';
export type { SecretsApi } from './key-manager/secrets/api.ts';
export type { KeyManagerService } from './key-manager/service.ts';
export type { Agent, AgentFilter } from './network/agents/model.ts';
export type { Network, NetworkCreate, NetworkFilter, NetworkUpdate } from './network/networks/model.ts';
export type { FixedIp, Port, PortCreate, PortFilter, PortUpdate } from './network/ports/model.ts';
export type {
  SecurityGroupRule,
  SecurityGroupRuleCreate,
  SecurityGroupRuleFilter,
} from './network/security-group-rules/model.ts';
export type { SecurityGroup, SecurityGroupCreate, SecurityGroupFilter } from './network/security-groups/model.ts';
export type { NetworkService } from './network/service.ts';
export type { AllocationPool, Subnet, SubnetCreate, SubnetFilter, SubnetUpdate } from './network/subnets/model.ts';
export type { ApiVersion } from './service/api-version.ts';
export type { Listing } from './service/listing.ts';
export type { ServiceRequest } from './service/service-request.ts';
export type { WaitOptions } from './service/wait.ts';
export type { WireRecord } from './wire/record.ts';
