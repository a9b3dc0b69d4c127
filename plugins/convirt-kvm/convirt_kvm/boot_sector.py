"""The smallest guest that proves a working processor: 512 bytes that a BIOS boots.

It switches to 64-bit mode with paging, counts to ten million and ends QEMU through the device
`isa-debug-exit` (QEMU's hw/misc/debugexit.c: the exit code is the byte written, times two, plus one). Real mode
alone proves nothing: KVM emulates it in software, and there are machines where it goes no further.

Assembled for address 0x7c00 from::

    cli                             fa
    xor ax, ax                      31 c0
    mov ss, ax / es, ax / ds, ax    8e d0  8e c0  8e d8
    mov edi, 0x1000                 66 bf 00 10 00 00       page tables: 0x1000, 0x2000, 0x3000
    mov cr3, edi                    0f 22 df
    mov cx, 0x1800                  b9 00 18
    rep stosw                       f3 ab                   all zero
    mov word [0x1000], 0x2003       c7 06 00 10 03 20
    mov word [0x2000], 0x3003       c7 06 00 20 03 30
    mov byte [0x3000], 0x83         c6 06 00 30 83          one page of 2 MiB, at 0
    mov eax, 0x20                   66 b8 20 00 00 00
    mov cr4, eax                    0f 22 e0                PAE
    mov ecx, 0xc0000080             66 b9 80 00 00 c0       EFER
    rdmsr                           0f 32
    or ah, 1                        80 cc 01                long mode
    wrmsr                           0f 30
    lgdt [gdtr]                     0f 01 16 78 7c
    mov eax, cr0                    0f 20 c0
    or eax, 0x80000001              66 0d 01 00 00 80
    mov cr0, eax                    0f 22 c0                paging, protection
    jmp 8:long                      ea 54 7c 08 00
    long: mov ecx, 10000000         b9 80 96 98 00
    1: dec ecx                      ff c9
    jnz 1b                          75 fc
    mov al, 0x2a                    b0 2a
    out 0xf4, al                    e6 f4
    2: hlt                          f4
    jmp 2b                          eb fd
    (to a multiple of 8)            0f 1f 40 00
    gdt: .quad 0, 0x209a0000000000  the null segment, then 64-bit code
    gdtr: .word 15; .long gdt       0f 00  68 7c 00 00
"""

from __future__ import annotations

EXIT_PORT = 0xF4
EXIT_CODE = 0x2A << 1 | 1

_CODE = bytes.fromhex(
    "fa 31c0 8ed0 8ec0 8ed8 66bf00100000 0f22df b90018 f3ab c70600100320 c70600200330 c606003083"
    "66b820000000 0f22e0 66b9800000c0 0f32 80cc01 0f30 0f0116787c 0f20c0 660d01000080 0f22c0 ea547c0800"
    "b980969800 ffc9 75fc b02a e6f4 f4 ebfd 0f1f4000"
    "0000000000000000 00000000009a2000 0f00687c0000"
)

BOOT_SECTOR = _CODE.ljust(510, b"\0") + b"\x55\xaa"
