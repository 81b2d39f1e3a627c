locals {
  # The autoscaler simulates the scheduler, so its minor version follows Kubernetes's.
  autoscaler_versions = {
    "1.35" = "v1.35.2"
    "1.36" = "v1.36.1"
  }
}

# The volume add-on's own default class is neither encrypted nor ours to set, so ours is made here.
resource "kubernetes_storage_class_v1" "gp3" {
  metadata {
    name        = var.storage_class_name
    annotations = { "storageclass.kubernetes.io/is-default-class" = "true" }
  }

  storage_provisioner    = "ebs.csi.aws.com"
  reclaim_policy         = "Delete"
  allow_volume_expansion = true
  # The volume is made in the zone where its pod is placed, not the other way round.
  volume_binding_mode = "WaitForFirstConsumer"

  parameters = merge(
    { type = "gp3", encrypted = "true", "csi.storage.k8s.io/fstype" = "ext4" },
    var.volume_kms_key_arn == null ? {} : { kmsKeyId = var.volume_kms_key_arn },
  )
}

resource "helm_release" "autoscaler" {
  name       = "cluster-autoscaler"
  namespace  = "kube-system"
  repository = "https://kubernetes.github.io/autoscaler"
  chart      = "cluster-autoscaler"
  version    = var.autoscaler_chart_version

  atomic  = true
  timeout = 300

  values = [yamlencode({
    image         = { tag = local.autoscaler_versions[var.kubernetes_version] }
    awsRegion     = var.region
    autoDiscovery = { clusterName = var.cluster_name }
    # The name that the Pod Identity association is for.
    rbac = { serviceAccount = { name = "cluster-autoscaler" } }
    extraArgs = {
      # Groups of several zones are kept alike, so that no zone runs dry.
      balance-similar-node-groups = true
      expander                    = "least-waste"
      # Pods with an emptyDir (every server has one) do not keep an idle node for ever: they are drained, one budget
      # at a time, and hand over before they stop.
      skip-nodes-with-local-storage = false
      scale-down-unneeded-time      = "10m"
    }
    priorityClassName = "system-cluster-critical"
    resources = {
      requests = { cpu = "50m", memory = "300Mi" }
      limits   = { memory = "600Mi" }
    }
  })]
}
