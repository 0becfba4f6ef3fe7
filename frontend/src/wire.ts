/** Made by `make openapi` from the description of the API. Do not edit. */
export interface paths {
    "/v1/enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enrol
         * @description Turn a one-time code into a device. The same code with the same key answers the same device for ten minutes.
         */
        post: operations["enrol_v1_enrol_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant
         * @description Put back a device that a restored database does not know: its token and the grant of its enrolment.
         */
        post: operations["grant_v1_grant_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync/push": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Push
         * @description Take operations of a phone. One outcome for each, in the order sent; the answer leaves after the commit.
         */
        post: operations["push_v1_sync_push_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Pull
         * @description What changed for this phone's team since a cursor. 304 where nothing did, 410 for a cursor of another epoch.
         *
         *     Either brings a checkpoint: an idle phone holds the log to account as well.
         */
        get: operations["pull_v1_sync_pull_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blobs/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Blob
         * @description A checklist or a list of stations by the SHA-256 of its exact bytes, for this mission alone.
         */
        get: operations["blob_v1_blobs__sha256__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay File
         * @description Take a copy that a phone saved: one operation a line, of this mission. What is here already changes nothing.
         */
        post: operations["replay_file_v1_sync_replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** EnrolAsked */
        EnrolAsked: {
            /** Code */
            code: string;
            /**
             * Label
             * @default
             */
            label: string;
            public_key?: components["schemas"]["PublicKey"] | null;
            app?: components["schemas"]["AppVersion"] | null;
        };
        /**
         * PublicKey
         * @description A P-256 public key as JWK; what else a browser puts into one is left aside.
         */
        PublicKey: {
            /** Kty */
            kty: string;
            /** Crv */
            crv: string;
            /** X */
            x: string;
            /** Y */
            y: string;
        };
        /** AppVersion */
        AppVersion: {
            /** Version */
            version: string;
        };
        /** EnrolAnswer */
        EnrolAnswer: {
            /** Device Id */
            device_id: string;
            /** Token */
            token: string;
            /** Team */
            team: string;
            /** Mission */
            mission: string;
            /** Epoch */
            epoch: string;
            /** Grant */
            grant: string;
        };
        /**
         * Problem
         * @description The body of every error.
         */
        Problem: {
            /** Type */
            type: string;
            /** Title */
            title: string;
            /** Status */
            status: number;
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Errors */
            errors: components["schemas"]["ProblemPlace"][];
        };
        /** ProblemPlace */
        ProblemPlace: {
            /** Pointer */
            pointer: string;
            /** Code */
            code: string;
        };
        /** GrantAsked */
        GrantAsked: {
            /** Grant */
            grant: string;
        };
        /** GrantAnswer */
        GrantAnswer: {
            /** Device Id */
            device_id: string;
        };
        /** PushAnswer */
        PushAnswer: {
            /**
             * Kind
             * @constant
             */
            kind: "urna.push";
            /** Protocol */
            protocol: number;
            /** Attempt Id */
            attempt_id: string | null;
            /** Epoch */
            epoch: string;
            /** Server Time */
            server_time: string;
            /** Device Seq */
            device_seq: number | null;
            /** Results */
            results: components["schemas"]["PushResult"][];
            receipt: components["schemas"]["app__sync__shapes__ReceiptShape"] | null;
            /** Next In S */
            next_in_s: number;
            /** Pull */
            pull: boolean;
            /** Directive */
            directive: string | null;
        };
        /**
         * PushResult
         * @description What became of one operation; in the order sent.
         */
        PushResult: {
            /** Op Id */
            op_id: string | null;
            /**
             * Outcome
             * @enum {string}
             */
            outcome: "accepted" | "duplicate" | "held" | "rejected" | "retry";
            /** Server Seq */
            server_seq?: number | null;
            /** State */
            state?: ("accepted" | "held") | null;
            /** Code */
            code?: string | null;
        };
        /** ReceiptShape */
        app__sync__shapes__ReceiptShape: {
            /** Mission */
            mission: string;
            /** Epoch */
            epoch: string;
            /** Op Id */
            op_id: string;
            /** Server Seq */
            server_seq: number;
            /** Entry */
            entry: string;
            /** Sig */
            sig: string;
        };
        /** PullAnswer */
        PullAnswer: {
            /**
             * Kind
             * @constant
             */
            kind: "urna.pull";
            /** Epoch */
            epoch: string;
            /** Changes */
            changes: components["schemas"]["PulledChange"][];
            /** Cursor */
            cursor: string;
            /** More */
            more: boolean;
            checkpoint: components["schemas"]["SignedCheckpoint"];
        };
        /** PulledChange */
        PulledChange: {
            /**
             * Type
             * @enum {string}
             */
            type: "team" | "plan" | "form" | "stations" | "message" | "report" | "op" | "mission";
            /** Id */
            id: string;
            /** Rev */
            rev: number;
            /** Deleted */
            deleted: boolean;
            /** Data */
            data: unknown;
        };
        /** SignedCheckpoint */
        SignedCheckpoint: {
            /** Mission */
            mission: string;
            /** Epoch */
            epoch: string;
            /** Server Seq */
            server_seq: number;
            /** Entry */
            entry: string;
            /** Audit Number */
            audit_number: number;
            /** Audit Entry */
            audit_entry: string;
            /** At */
            at: string;
            /** Sig */
            sig: string;
        };
        /**
         * ReplayAnswer
         * @description What became of the lines of a file; `held` and `rejected` count by code, `not_here` is of other missions.
         */
        ReplayAnswer: {
            /** Accepted */
            accepted: number;
            /** Duplicate */
            duplicate: number;
            /** Held */
            held: {
                [key: string]: number;
            };
            /** Rejected */
            rejected: {
                [key: string]: number;
            };
            /** Not Here */
            not_here: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    enrol_v1_enrol_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolAsked"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolAnswer"];
                };
            };
            /** @description A problem */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    grant_v1_grant_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GrantAsked"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantAnswer"];
                };
            };
            /** @description A problem */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    push_v1_sync_push_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {integer} */
                    protocol: 1;
                    attempt_id?: string | null;
                    /** Format: uuid */
                    device_id?: string;
                    app?: {
                        version?: string;
                    };
                    /** Format: date-time */
                    sent_at?: string;
                    known?: Record<string, never> | null;
                    queue?: Record<string, never>;
                    ops: Record<string, never>[];
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushAnswer"];
                };
            };
            /** @description A problem */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pull_v1_sync_pull_get: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PullAnswer"];
                };
            };
            /** @description A problem */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    blob_v1_blobs__sha256__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sha256: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description A problem */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_file_v1_sync_replay_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayAnswer"];
                };
            };
            /** @description A problem */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
