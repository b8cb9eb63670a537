/* hypervisor.c -- whose guest this machine is
 *
 * On x86 the CPU itself tells, whatever files a container hides: leaf 1 says that there is a
 * hypervisor, leaf 0x40000000 which.  Elsewhere firmware does, by a device tree or DMI; the latter
 * names clouds that also rent bare metal, so only what is surely a guest is taken.
 */
#include "harness/hypervisor.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "harness/kernel_file.h"

static const struct {
	const char *signature, *name;
} signatures[] = {
	{ "KVMKVMKVM", "kvm" },           { "Microsoft Hv", "hyperv" },
	{ "VMwareVMware", "vmware" },     { "XenVMMXenVMM", "xen" },
	{ "VBoxVBoxVBox", "virtualbox" }, { "TCGTCGTCGTCG", "qemu" },
	{ "bhyve bhyve ", "bhyve" },      { "ACRNACRNACRN", "acrn" },
	{ "Linux KVM Hv", "kvm" },        { " lrpepyh vr", "parallels" },
};

static const struct {
	const char *path, *part, *name;
} firmwares[] = {
	{ "/proc/device-tree/hypervisor/compatible", "kvm", "kvm" },
	{ "/proc/device-tree/hypervisor/compatible", "xen", "xen" },
	{ "/proc/device-tree/hypervisor/compatible", "vmware", "vmware" },
	{ "/proc/device-tree/hypervisor/compatible", "", "unknown" },
	{ "/sys/hypervisor/type", "xen", "xen" },
	{ "/sys/class/dmi/id/product_name", "KVM", "kvm" },
	{ "/sys/class/dmi/id/sys_vendor", "QEMU", "qemu" },
	{ "/sys/class/dmi/id/product_name", "Google Compute Engine", "kvm" },
	{ "/sys/class/dmi/id/product_name", "Virtual Machine", "hyperv" },
	{ "/sys/class/dmi/id/product_name", "VMware", "vmware" },
	{ "/sys/class/dmi/id/product_name", "VirtualBox", "virtualbox" },
};

void qb_hypervisor_name_signature(const char signature[12], char *ret_name, size_t size)
{
	char text[13];

	memcpy(text, signature, 12);
	text[12] = '\0';
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		if (strcmp(text, signatures[i].signature) == 0) {
			snprintf(ret_name, size, "%s", signatures[i].name);
			return;
		}
	}
	for (char *c = text; *c; c++)
		*c = *c > ' ' && *c < 127 ? *c : '_';
	snprintf(ret_name, size, "%s", text[0] ? text : "unknown");
}

static bool ask_cpu(char *ret_name, size_t size)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned eax, words[3], ecx, edx;

	if (!__get_cpuid(1, &eax, &words[0], &ecx, &edx) || !(ecx >> 31))
		return false;
	__cpuid(0x40000000u, eax, words[0], words[1], words[2]);
	qb_hypervisor_name_signature((const char *)words, ret_name, size);
	return true;
#else
	(void)ret_name;
	(void)size;
	return false;
#endif
}

static bool ask_firmware(const char *root, char *ret_name, size_t size)
{
	char text[128];

	for (size_t i = 0; i < sizeof(firmwares) / sizeof(firmwares[0]); i++) {
		if (qb_kernel_file_line(root, firmwares[i].path, text, sizeof(text)) &&
		    strstr(text, firmwares[i].part)) {
			snprintf(ret_name, size, "%s", firmwares[i].name);
			return true;
		}
	}
	return false;
}

/* A whole cloud's machines but for those that are rented as bare metal. */
static bool is_nitro_guest(const char *root)
{
	char vendor[64], product[64];

	return qb_kernel_file_line(root, "/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor)) &&
	       strcmp(vendor, "Amazon EC2") == 0 &&
	       qb_kernel_file_line(root, "/sys/class/dmi/id/product_name", product,
	                           sizeof(product)) &&
	       !strstr(product, ".metal");
}

void qb_hypervisor_find(const char *root, char *ret_name, size_t size)
{
	char flags[8192];

	ret_name[0] = '\0';
	if (root[0] == '\0' && ask_cpu(ret_name, size))
		return;
	if (ask_firmware(root, ret_name, size))
		return;
	if (is_nitro_guest(root))
		snprintf(ret_name, size, "nitro");
	else if (qb_kernel_file_value(root, "/proc/cpuinfo", "flags", flags, sizeof(flags)) &&
	         strstr(flags, " hypervisor"))
		snprintf(ret_name, size, "unknown");
}
