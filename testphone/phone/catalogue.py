"""The libraries, fonts, daemons and apps of the modelled phone, with Android's names."""

from __future__ import annotations

from dataclasses import dataclass

APEX_LIBRARIES = tuple(
    f"/apex/{apex}/{{lib}}/{name}.so"
    for apex, names in {
        "com.android.art": "libart libart-compiler libartbase libdexfile libjavacore libopenjdk libopenjdkjvm "
        "libprofile libnativebridge libnativeloader libsigchain libadbconnection libodrstatslog libperfetto_hprof",
        "com.android.runtime": "bionic/libc bionic/libm bionic/libdl bionic/libdl_android",
        "com.android.i18n": "libandroidicu libicu libicui18n libicuuc",
        "com.android.conscrypt": "libjavacrypto libcrypto libssl",
        "com.android.os.statsd": "libstatspull libstatssocket",
    }.items()
    for name in names.split()
)
SYSTEM_LIBRARIES = tuple(
    f"/system/{{lib}}/{name}.so"
    for name in [
        "libandroid_runtime",
        "libandroidfw",
        "libhwui",
        "libgui",
        "libui",
        "libbinder",
        "libbinder_ndk",
        "libutils",
        "libcutils",
        "libbase",
        "liblog",
        "libEGL",
        "libGLESv1_CM",
        "libGLESv2",
        "libGLESv3",
        "libvulkan",
        "libandroid",
        "libandroid_servers",
        "libaudioclient",
        "libaudiofoundation",
        "libaudioutils",
        "libcamera_client",
        "libcamera_metadata",
        "libcompiler_rt",
        "libdng_sdk",
        "libexpat",
        "libft2",
        "libgraphicsenv",
        "libgralloctypes",
        "libharfbuzz_ng",
        "libheif",
        "libhidlbase",
        "libimage_io",
        "libinput",
        "libjpeg",
        "libjnigraphics",
        "liblz4",
        "liblzma",
        "libmedia",
        "libmedia_helper",
        "libmediadrm",
        "libmediametrics",
        "libmediandk",
        "libmemtrack",
        "libminikin",
        "libnativehelper",
        "libnativewindow",
        "libnetd_client",
        "libnetdutils",
        "libOpenMAXAL",
        "libOpenSLES",
        "libpackagelistparser",
        "libpcre2",
        "libpiex",
        "libpng",
        "libpowermanager",
        "libprocessgroup",
        "libprocinfo",
        "libprotobuf-cpp-lite",
        "libRScpp",
        "libselinux",
        "libsensor",
        "libsonivox",
        "libspeexresampler",
        "libsqlite",
        "libstagefright",
        "libstagefright_foundation",
        "libstagefright_omx",
        "libsync",
        "libtimeinstate",
        "libultrahdr",
        "libunwindstack",
        "libusbhost",
        "libvndksupport",
        "libwebviewchromium_loader",
        "libwilhelm",
        "libwuffs",
        "libxml2",
        "libz",
        "libziparchive",
        "libc++",
    ]
)
VENDOR_LIBRARIES = tuple(
    f"/vendor/{{lib}}/{name}.so"
    for name in [
        "egl/libEGL_adreno",
        "egl/libGLESv2_adreno",
        "egl/libGLESv1_CM_adreno",
        "libgsl",
        "libadreno_utils",
        "libllvm-glnext",
        "hw/vulkan.adreno",
        "hw/gralloc.default",
        "libadreno_app_profiles",
    ]
)
APP_LIBRARIES = tuple(
    f"lib{name}.so"
    for name in [
        "example",
        "reactnative",
        "hermes",
        "jsi",
        "fbjni",
        "folly_runtime",
        "glog",
        "yoga",
        "sqlcipher",
        "c++_shared",
        "imagepipeline",
    ]
)
DAEMON_LIBRARIES = tuple(
    name
    for name in (*APEX_LIBRARIES, *SYSTEM_LIBRARIES)
    if name.rsplit("/", 1)[1]
    in {
        f"lib{stem}.so"
        for stem in [
            "c",
            "m",
            "dl",
            "c++",
            "log",
            "base",
            "utils",
            "cutils",
            "binder",
            "binder_ndk",
            "hidlbase",
            "selinux",
            "crypto",
            "z",
            "lzma",
            "unwindstack",
            "processgroup",
        ]
    }
)
BOOT_JARS = (
    "",
    "-core-libart",
    "-okhttp",
    "-bouncycastle",
    "-apache-xml",
    "-framework",
    "-framework-graphics",
    "-framework-location",
    "-ext",
    "-telephony-common",
    "-voip-common",
    "-ims-common",
)
FONTS = (
    "Roboto-Regular.ttf",
    "RobotoStatic-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSerif-Regular.ttf",
    "NotoColorEmoji.ttf",
    "DroidSansMono.ttf",
)
PROPERTY_CONTEXTS = (
    "system_prop",
    "debug_prop",
    "default_prop",
    "build_prop",
    "dalvik_config_prop",
    "exported_pm_prop",
)

KERNEL_THREADS = (
    "kthreadd",
    "rcu_gp",
    "rcu_par_gp",
    "kworker/0:0H",
    "mm_percpu_wq",
    "rcuog/0",
    "ksoftirqd/0",
    "migration/0",
    "cpuhp/0",
    "cpuhp/1",
    "kdevtmpfs",
    "kauditd",
    "khungtaskd",
    "oom_reaper",
    "writeback",
    "kcompactd0",
    "kswapd0",
    "erofs_worker/0",
    "kgsl-events",
    "irq/210-fts_ts",
    "f2fs_ckpt-254:2",
    "zram0_writeback",
)


@dataclass(frozen=True)
class Daemon:
    name: str
    uid: int
    heap_kb: int = 900


DAEMONS = (
    Daemon("/system/bin/ueventd", 0),
    Daemon("/system/bin/logd", 1036, 2600),
    Daemon("/system/bin/servicemanager", 1000),
    Daemon("/system/bin/hwservicemanager", 1000),
    Daemon("/system/bin/vold", 0, 1800),
    Daemon("/apex/com.android.adbd/bin/adbd", 2000, 1500),
    Daemon("/system/bin/lmkd", 1069),
    Daemon("/system/bin/netd", 0, 1900),
    Daemon("/apex/com.android.media/bin/mediaserver", 1013, 3200),
    Daemon("media.codec", 1046, 2400),
    Daemon("media.extractor", 1040, 1700),
    Daemon("/system/bin/audioserver", 1041, 2900),
    Daemon("/system/bin/cameraserver", 1047, 2300),
    Daemon("/system/bin/keystore2", 1017, 2800),
    Daemon("/system/bin/installd", 0),
    Daemon("/apex/com.android.os.statsd/bin/statsd", 1066, 2200),
    Daemon("/vendor/bin/hw/android.hardware.power-service", 1000),
    Daemon("/vendor/bin/hw/android.hardware.sensors-service.multihal", 1000, 1400),
)


@dataclass(frozen=True)
class App:
    """A package; `suffixes` are its processes, `weight` its memory relative to other apps."""

    package: str
    app_id: int
    weight: float = 1.0
    suffixes: tuple[str, ...] = ("",)
    folder: str = ""
    debuggable: bool = False
    bits: int = 64
    version: tuple[str, int] = ("1.0", 1)


EXAMPLE_PACKAGE = "com.example.app"
APPS = (
    App("com.android.systemui", 10106, 2.2, folder="/system_ext/priv-app/SystemUI", version=("16", 36)),
    App("com.android.launcher3", 10110, 1.6, folder="/system_ext/priv-app/Launcher3QuickStep", version=("16", 36)),
    App("com.android.phone", 1001, 0.8, folder="/system/priv-app/TeleService", version=("16", 36)),
    App("com.android.shell", 2000, 0.4, folder="/system/priv-app/Shell", version=("16", 36)),
    App(EXAMPLE_PACKAGE, 10234, 2.0, ("", ":remote"), debuggable=True, version=("2.7.1", 271)),
    App("com.android.settings", 1000, 0.9, folder="/system_ext/priv-app/Settings", version=("16", 36)),
    App("com.example.legacy", 10187, 0.7, bits=32, version=("0.9", 9)),
    App("com.android.providers.media.module", 10090, 0.7, version=("16", 36)),
    App("com.android.inputmethod.latin", 10120, 0.8, folder="/product/app/LatinIME", version=("16", 36)),
    App("com.android.contacts", 10121, 0.7, folder="/product/priv-app/Contacts", version=("16", 36)),
    App("com.example.music", 10211, 1.1, ("", ":playback"), version=("5.2", 520)),
    App("com.example.browser", 10215, 1.9, ("", ":gpu"), version=("140.0.1", 14000100)),
)
"""The first apps of a phone, most important first; if more are requested, they are generated."""


def apps(count: int) -> tuple[App, ...]:
    """The phone's first `count` apps; generated ones follow those that every phone has."""
    made_up = (
        App(
            f"com.example.filler{number:03d}", 10300 + number, 0.5 + number % 7 / 5, version=(f"1.{number}", number + 1)
        )
        for number in range(max(0, count - len(APPS)))
    )
    return (*APPS[:count], *made_up)
