# `terraform init && terraform test`: needs no cluster, Kubernetes and helm are mocked.
mock_provider "kubernetes" {}

mock_provider "helm" {}

variables {
  cluster_name = "shop"
  region       = "us-east-1"
}

run "storage_and_autoscaler" {
  command = plan

  assert {
    condition = (
      kubernetes_storage_class_v1.gp3.parameters["encrypted"] == "true" &&
      kubernetes_storage_class_v1.gp3.allow_volume_expansion &&
      kubernetes_storage_class_v1.gp3.volume_binding_mode == "WaitForFirstConsumer"
    )
    error_message = "Volumes are encrypted, can grow, and are made where their pod is."
  }

  assert {
    condition     = yamldecode(helm_release.autoscaler.values[0]).autoDiscovery.clusterName == "shop"
    error_message = "The autoscaler looks for this cluster's groups."
  }

  assert {
    condition     = startswith(output.autoscaler_version, "v1.36.")
    error_message = "The autoscaler is of the cluster's minor version."
  }
}

run "own_key" {
  command = plan

  variables {
    volume_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/volumes"
  }

  assert {
    condition     = kubernetes_storage_class_v1.gp3.parameters["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/volumes"
    error_message = "Volumes are encrypted with the given key."
  }
}

run "unknown_kubernetes" {
  command = plan

  variables {
    kubernetes_version = "1.20"
  }

  expect_failures = [var.kubernetes_version]
}
