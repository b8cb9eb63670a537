/* test_hypervisor.c -- whose guest a machine is, by all the ways in which one can tell */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/hypervisor.h"
#include "tests/tree.h"

static void is_guest_of(const char *path, const char *text, const char *expected)
{
	const struct tree tree = tree_create();
	char name[32];

	tree_write_bytes(&tree, path, text, strlen(text) + 1); /* a device tree's strings end so */
	qb_hypervisor_find(tree.root, name, sizeof(name));
	tree_destroy(&tree);
	cr_assert_str_eq(name, expected);
}

Test(hypervisor, is_found_in_device_tree_xen_files_dmi_and_cpu_flags)
{
	is_guest_of("/proc/device-tree/hypervisor/compatible", "linux,kvm", "kvm");
	is_guest_of("/proc/device-tree/hypervisor/compatible", "acme,hyper", "unknown");
	is_guest_of("/sys/hypervisor/type", "xen\n", "xen");
	is_guest_of("/sys/class/dmi/id/product_name", "KVM Virtual Machine\n", "kvm");
	is_guest_of("/sys/class/dmi/id/sys_vendor", "QEMU\n", "qemu");
	is_guest_of("/proc/cpuinfo", "flags\t\t: fpu tsc hypervisor lahf_lm\n", "unknown");
	is_guest_of("/proc/cpuinfo", "flags\t\t: fpu tsc lahf_lm\n", "");
	is_guest_of("/sys/class/dmi/id/product_name", "PowerEdge R7525\n", "");
}

Test(hypervisor, tells_a_clouds_guests_from_its_bare_metal)
{
	const struct tree tree = tree_create();
	char name[32];

	tree_write(&tree, "/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
	tree_write(&tree, "/sys/class/dmi/id/product_name", "c6g.metal\n");
	qb_hypervisor_find(tree.root, name, sizeof(name));
	cr_assert_str_eq(name, "");
	tree_write(&tree, "/sys/class/dmi/id/product_name", "c6g.4xlarge\n");
	qb_hypervisor_find(tree.root, name, sizeof(name));
	cr_assert_str_eq(name, "nitro");
	tree_destroy(&tree);
}

Test(hypervisor, is_named_by_its_signature)
{
	char name[32];

	qb_hypervisor_name_signature("KVMKVMKVM\0\0\0", name, sizeof(name));
	cr_assert_str_eq(name, "kvm");
	qb_hypervisor_name_signature("VMwareVMware", name, sizeof(name));
	cr_assert_str_eq(name, "vmware");
	qb_hypervisor_name_signature("New \x01"
	                             "Hv\0\0\0\0\0",
	                             name, sizeof(name));
	cr_assert_str_eq(name, "New__Hv");
	qb_hypervisor_name_signature("\0\0\0\0\0\0\0\0\0\0\0\0", name, sizeof(name));
	cr_assert_str_eq(name, "unknown");
}
