import type {
  Attachment,
  CreateAttachmentRequest,
  CreateAttachmentResponse,
  Grant,
  QosLimits,
  ReconcileReport,
  ResizeAttachmentResponse,
} from '@iorcl/api';

interface RequestOptions {
  readonly requestId?: string | undefined;
}

/** What the API does with attachments. Methods throw AttachmentErrors. */
export interface AttachmentOperations {
  list(): readonly Attachment[];
  show(id: string): Attachment;
  create(
    request: CreateAttachmentRequest,
    options?: RequestOptions & { readonly caller?: AbortSignal },
  ): Promise<CreateAttachmentResponse>;
  remove(id: string, options?: RequestOptions): Promise<void>;
  repair(id: string, options?: RequestOptions): Promise<Attachment>;
  /** @param sizeBytes default: Cinder's */
  resize(id: string, sizeBytes: number | undefined, options?: RequestOptions): Promise<ResizeAttachmentResponse>;
  /** @param limits undefined: back to what the volume type says */
  setQos(id: string, limits: QosLimits | undefined, options?: RequestOptions): Promise<Attachment>;
  grants(id: string): readonly Grant[];
}

export interface ReconcileOperations {
  run(request: {
    readonly dryRun?: boolean | undefined;
    readonly force?: boolean | undefined;
    readonly only?: readonly string[] | undefined;
    readonly requestId?: string | undefined;
  }): Promise<ReconcileReport>;
  /** Undefined before the first pass has ended. */
  readonly lastReport: ReconcileReport | undefined;
}
