/** What a certificate of the cluster lets its holder be. An observer may ask for the status, and nothing else. */
export const clusterRoles = ['coordinator', 'worker', 'observer'] as const;

export type ClusterRole = (typeof clusterRoles)[number];

/** As it stands in a certificate: an organization (O) of its subject, as Kubernetes' groups do; there may be several. */
export function organizationOf(role: ClusterRole): string {
  return `tandem:${role}`;
}
