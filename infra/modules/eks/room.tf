# How much memory the nodes leave for the chart, by what the kubelet, the kernel and the system's pods take.
locals {
  # MiB of a .medium by family (burstable and general; compute; memory), doubled with each size.
  family_medium_mib = { t = 4096, m = 4096, c = 2048, r = 8192 }
  size_factor = {
    nano      = 0.125, micro = 0.25, small = 0.5, medium = 1, large = 2, xlarge = 4, "2xlarge" = 8, "4xlarge" = 16,
    "8xlarge" = 32, "12xlarge" = 48, "16xlarge" = 64, "24xlarge" = 96,
  }
  node_memory_mib = var.node_memory_mib != null ? var.node_memory_mib : try(
    min([for type in var.node_instance_types :
      local.family_medium_mib[regex("^[a-z]", type)] * local.size_factor[split(".", type)[1]]
      if can(regex("^[tmcr][0-9]", type))
    ]...), null
  )
  least_nodes = var.node_count.min * (var.node_layout == "shared" ? 1 : length(var.subnet_ids_by_zone))

  # What the kubelet keeps for itself, by EKS's rule. Amazon Linux 2023 would compute it from the pods that the network
  # interfaces allow without prefix delegation, or from 110: it is said to each node instead (main.tf).
  kubelet_mib = 255 + 11 * var.max_pods_per_node

  # The kernel and firmware keep about 7.5 %, and the kubelet evicts at 100 MiB.
  allocatable_mib = local.node_memory_mib == null ? null : floor(local.node_memory_mib * 0.925) - local.kubelet_mib - 100
  # On every node: network, proxy, volume and identity agents. Once: DNS, volume controller, autoscaler.
  room_mib = local.allocatable_mib == null ? null : local.least_nodes * (local.allocatable_mib - 250) - 800
}
