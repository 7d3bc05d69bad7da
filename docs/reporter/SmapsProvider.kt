// Hands this process's own /proc/self/smaps to a computer on the phone's adb, also in a release build:
//
//     adb exec-out content read --uri content://com.example.app.droidanon/PID
//
// See reporter.md for the lines of AndroidManifest.xml. SPDX-License-Identifier: Apache-2.0

package droidanon.reporter

import android.Manifest
import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.os.Process
import java.io.FileInputStream
import java.io.FileNotFoundException
import java.io.IOException
import kotlin.concurrent.thread

open class SmapsProvider : ContentProvider() {

    override fun onCreate() = true

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor {
        // The manifest asks for the same permission. A second lock: addresses are no business of other apps.
        context!!.enforceCallingOrSelfPermission(Manifest.permission.DUMP, "smaps")
        val pid = Process.myPid()
        // The pid that was asked for may have ended, and this process been started by the question.
        if (mode != "r" || uri.path != "/$pid") throw FileNotFoundException("this is process $pid, for reading")
        try {
            val (reader, writer) = ParcelFileDescriptor.createPipe()
            thread(name = "droidanon") { write(writer) }
            return reader
        } catch (error: IOException) {
            throw FileNotFoundException("no pipe: ${error.message}")
        }
    }

    private fun write(pipe: ParcelFileDescriptor) {
        try {
            ParcelFileDescriptor.AutoCloseOutputStream(pipe).use { output ->
                FileInputStream("/proc/self/smaps").use { smaps ->
                    val buffer = ByteArray(BUFFER_BYTES)
                    while (true) {
                        val size = smaps.read(buffer)
                        if (size < 0) break
                        output.write(buffer, 0, size)
                    }
                }
                output.write('\n'.code) // an empty line: this was all of it (a pipe that breaks looks the same as one that ends)
            }
        } catch (_: IOException) {
            // Who was reading has gone, and sees that the empty line is missing.
        }
    }

    override fun getType(uri: Uri): String? = null

    override fun query(
        uri: Uri, projection: Array<String>?, selection: String?, selectionArgs: Array<String>?, sortOrder: String?,
    ): Cursor? = null

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun update(uri: Uri, values: ContentValues?, selection: String?, selectionArgs: Array<String>?) = 0

    override fun delete(uri: Uri, selection: String?, selectionArgs: Array<String>?) = 0

    private companion object {
        const val BUFFER_BYTES = 16 * 1024
    }
}
